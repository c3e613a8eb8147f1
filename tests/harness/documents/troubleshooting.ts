/** An item of the page's list of symptoms: what it quotes, and what it says to do. */
export interface Symptom {
  readonly quotes: readonly string[];
  readonly advice: string;
}

/** Reads the list below the heading "Troubleshooting": `- **symptom**: advice`, wrapped. */
export function readSymptoms(markdown: string): Symptom[] {
  const [, section = ""] = markdown.split("## Troubleshooting\n");
  const list = section.split(/\n#+ /)[0] ?? "";
  const items = list.replaceAll(/\n {2,}/g, " ").split("\n").filter((line) => /^- /.test(line));
  const symptoms = items.map((item) => {
    const [, symptom = "", advice = ""] = /^- \*\*(.*?)\*\*: (.*)$/.exec(item) ?? [];
    return { quotes: [...symptom.matchAll(/`([^`]+)`/g)].map((quote) => quote[1] ?? ""), advice };
  });
  if (symptoms.length === 0) throw new Error('The page has no list below "Troubleshooting"');
  const bare = items.find((_, i) => symptoms[i]?.quotes.length === 0 || !symptoms[i]?.advice);
  if (bare !== undefined) throw new Error(`Cannot read the symptom "${bare}"`);
  return symptoms;
}

/** What the page advises to whoever sees this text; "…" in a quote stands for anything. */
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
