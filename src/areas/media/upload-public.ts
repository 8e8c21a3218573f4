import { formParts } from "../../kit/multipart";
import { operation } from "../../domain/operation";
import { MAX_FORM_BYTES, uploadContract, uploadFile } from "./keep-upload";

export default operation({
  ...uploadContract,
  id: "uploadPublicMedia",
  summary: "Upload a file to S3/MinIO",
  description:
    "Takes the same form. The file is stored under an unguessable name, and the returned `url` is public and does not expire: for templates, websites and emails. Any agent can also send the file in messages.",
  handle: ({ ctx, request }) => uploadFile(ctx, formParts(request, MAX_FORM_BYTES), true),
});
