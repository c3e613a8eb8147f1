import { type GuideStep, readGuide } from "./guide.ts";
import { type Page, readPage } from "./pages.ts";

/** What stands on a page below one heading. */
export interface Section {
  readonly page: Page;
  readonly heading: string;
}

/** Commands and files that a section shows, in order; throws where it shows none. */
export async function sectionSteps({ page, heading }: Section): Promise<GuideStep[]> {
  const steps = readGuide(await readPage(page)).filter((step) => step.heading === heading);
  if (steps.length === 0) throw new Error(`${page} has no commands under "${heading}"`);
  return steps;
}

/** The blocks of commands (`sh`) that a section shows, in order. */
export async function sectionCommands(section: Section): Promise<string[]> {
  return (await sectionSteps(section)).filter(({ type }) => type === "sh").map(({ text }) => text);
}

/** Every file that a section shows, by name. */
export async function sectionFiles(section: Section): Promise<Record<string, string>> {
  const files = (await sectionSteps(section)).filter(({ type }) => type === "file");
  return Object.fromEntries(files.map(({ name, text }) => [name, text]));
}

/** Text of a file that a section shows: the block `… file=NAME`. */
export async function sectionFile(section: Section, name: string): Promise<string> {
  const text = (await sectionFiles(section))[name];
  if (text !== undefined) return text;
  throw new Error(`${section.page} shows no file "${name}" below "${section.heading}"`);
}
