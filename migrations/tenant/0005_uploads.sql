-- Files that agents and programs upload. A row is there before the file is: what broke off is found by it and dropped.
CREATE TABLE uploads (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  r2_key TEXT NOT NULL,
  -- Of a large file that is coming in: what R2 has to be told to drop it.
  r2_upload_id TEXT,
  state TEXT NOT NULL DEFAULT 'uploading' CHECK (state IN ('uploading', 'stored')),
  is_public INTEGER NOT NULL,
  mime_type TEXT NOT NULL,
  file_name TEXT NOT NULL,
  file_size INTEGER,
  sha256 TEXT,
  uploaded_by TEXT,
  created_at INTEGER NOT NULL
);

-- For the sweep, which goes over all tenants.
CREATE INDEX idx_uploads_uploading ON uploads (created_at) WHERE state = 'uploading';
