import { useState } from "react";
import { FileTrigger } from "react-aria-components";
import { useQueryClient } from "@tanstack/react-query";
import { Upload } from "lucide-react";
import type { QuickReplyImportReport } from "../../api/api.gen";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { Button } from "../../kit/button";
import { commonWords } from "../../kit/common-words";
import { Dialog, DialogActions } from "../../kit/dialog";
import { fileSize } from "../../kit/figures";
import { FormDialog } from "../../kit/form-dialog";
import { Table } from "../../kit/table";
import { useWords } from "../../kit/words";
import { quickReplyWords } from "./words";
import style from "./quick-replies.module.css";

type Line = QuickReplyImportReport["lines"][number];

/** Takes a CSV file, and says of each line that was refused why. */
export function ImportReplies({ onClose }: { onClose: () => void }) {
  const { csv: words } = useWords(quickReplyWords);
  const queries = useQueryClient();
  const [file, setFile] = useState<File>();
  const [report, setReport] = useState<QuickReplyImportReport>();
  const { submit, isBusy, failure } = useSubmit(async () => {
    if (!file) return;
    const form = new FormData();
    form.append("file", file);
    setReport(await call("POST /api/quick-replies/import", { form }));
    await queries.invalidateQueries({ queryKey: ["quick-replies"] });
  });
  if (report) return <Report report={report} onClose={onClose} />;
  return (
    <FormDialog
      title={words.title}
      action={words.submit}
      isBusy={isBusy}
      isDisabled={!file}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>{words.text}</p>
      <p className={style.variables}>
        <FileTrigger acceptedFileTypes={[".csv", "text/csv"]} onSelect={(files) => setFile(files?.[0] ?? undefined)}>
          <Button>
            <Upload size={15} aria-hidden /> {words.choose}
          </Button>
        </FileTrigger>
        {file && <bdi>{words.file(file.name, fileSize(file.size))}</bdi>}
      </p>
    </FormDialog>
  );
}

function Report({ report, onClose }: { report: QuickReplyImportReport; onClose: () => void }) {
  const { csv: words, title } = useWords(quickReplyWords);
  const { close } = useWords(commonWords);
  const refused = report.lines.filter(({ outcome }) => outcome === "failed");
  return (
    <Dialog title={title} closeLabel={close} onClose={onClose} isWide={refused.length > 0}>
      <p role="status">{words.done(report.created, report.updated, report.unchanged)}</p>
      {refused.length > 0 && (
        <>
          <p>{words.failed(refused.length)}</p>
          <Table<Line>
            label={words.failed(refused.length)}
            rows={refused}
            keyOf={({ line }) => String(line)}
            columns={[
              { id: "line", name: words.line, cell: ({ line }) => line },
              {
                id: "why",
                name: words.why,
                cell: ({ errors = [] }) =>
                  errors.map(({ field, message }) => (
                    <p key={`${field} ${message}`}>
                      <b>{field}</b> {message}
                    </p>
                  )),
              },
            ]}
          />
          <p>{words.again}</p>
        </>
      )}
      <DialogActions>
        <Button kind="go" onPress={onClose}>
          {words.close}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
