import type { MediaUploadResponse, Problem } from "./api.gen";
import { ApiProblem, Unreachable } from "./call";

/** Uploads a file and tells how far it is: `fetch` does not. */
export function upload(
  file: File,
  onProgress: (part: number) => void,
  signal: AbortSignal,
): Promise<MediaUploadResponse> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/media");
    request.responseType = "json";
    request.setRequestHeader("idempotency-key", crypto.randomUUID());
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total));
    request.addEventListener("load", () => {
      if (request.status < 300) return resolve(request.response as MediaUploadResponse);
      const problem = request.response as Problem | null;
      reject(
        problem?.code === undefined
          ? new Unreachable(request.status)
          : new ApiProblem(problem, request.getResponseHeader("retry-after")),
      );
    });
    request.addEventListener("error", () => reject(new Unreachable("upload")));
    request.addEventListener("abort", () => reject(signal.reason as Error));
    signal.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  });
}
