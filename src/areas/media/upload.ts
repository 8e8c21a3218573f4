import { formParts } from "../../kit/multipart";
import { operation } from "../../domain/operation";
import { MAX_FORM_BYTES, uploadContract, uploadFile } from "./keep-upload";

export default operation({
  ...uploadContract,
  id: "uploadMedia",
  summary: "Upload a media file",
  description:
    'Takes a form with one field, `file`. Use the returned `media_id` in messages: `{"type": "image", "content": {"media_id": "…"}}`. Until the file is sent, only its uploader and callers with `conversations.view_all` can access it.',
  handle: ({ ctx, request }) => uploadFile(ctx, formParts(request, MAX_FORM_BYTES), false),
});
