/** Rows of README's table of symptoms: what each quotes, and what it says to do. */
export interface Symptom {
  readonly quotes: readonly string[];
  readonly advice: string;
}

/** Reads the table below README's heading "Troubleshooting". */
export function readSymptoms(markdown: string): Symptom[] {
  const [, section = ""] = markdown.split("### Troubleshooting\n");
  const rows = section.split(/\n#+ /)[0]?.split("\n").filter((line) => line.startsWith("| ")) ?? [];
  const [, ...symptoms] = rows.filter((row) => !row.startsWith("| -")).map((row) => {
    const [, first = "", advice = ""] = row.split("|");
    return { quotes: [...first.matchAll(/`([^`]+)`/g)].map((quote) => quote[1] ?? ""), advice };
  });
  if (symptoms.length === 0) throw new Error('README has no table below "Troubleshooting"');
  return symptoms;
}

/** What README advises to whoever sees this text; "…" in a quote stands for anything. */
export function adviceFor(symptoms: readonly Symptom[], text: string): string[] {
  const fits = (quote: string) => {
    const parts = quote.split("…").map((part) => part.trim());
    let from = 0;
    return parts.every((part) => {
      const at = text.indexOf(part, from);
      from = at + part.length;
      return at >= 0;
    });
  };
  return symptoms.filter(({ quotes }) => quotes.some(fits)).map(({ advice }) => advice);
}
