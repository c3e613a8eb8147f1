/** A block of a page that is to be carried out. */
export interface GuideStep {
  readonly heading: string;
  /** Commands to run, or a file to write. */
  readonly type: "sh" | "file";
  /** Name of the file. */
  readonly name: string;
  readonly text: string;
}

/** All fenced blocks `sh`, and blocks of files (`yaml file=NAME`), with the heading above them. */
export function readGuide(markdown: string): GuideStep[] {
  const steps: GuideStep[] = [];
  let heading = "";
  let open: { info: string; lines: string[] } | undefined;
  for (const line of markdown.split("\n")) {
    if (open === undefined && /^#{1,6} /.test(line)) heading = line.replace(/^#+ /, "");
    if (!line.startsWith("```")) {
      open?.lines.push(line);
      continue;
    }
    if (open === undefined) {
      open = { info: line.slice(3), lines: [] };
      continue;
    }
    const name = /\bfile=(\S+)/.exec(open.info)?.[1] ?? "";
    const text = open.lines.join("\n");
    if (name !== "") steps.push({ heading, type: "file", name, text });
    else if (open.info === "sh") steps.push({ heading, type: "sh", name, text });
    open = undefined;
  }
  return steps;
}
