import { readGuide, stepsUnder } from "./guide.ts";
import { REPOSITORY } from "../programs.ts";

/** Text of a file that README shows below a heading: the block `… file=NAME`. */
export async function readmeFile(heading: string, name: string): Promise<string> {
  const file = (await stepsOf(heading)).find((step) => step.type === "file" && step.name === name);
  if (file === undefined) throw new Error(`README shows no file "${name}" below "${heading}"`);
  return file.text;
}

/** Every file that README shows below a heading, by name. */
export async function readmeFiles(heading: string): Promise<Record<string, string>> {
  const files = (await stepsOf(heading)).filter(({ type }) => type === "file");
  return Object.fromEntries(files.map(({ name, text }) => [name, text]));
}

/** The blocks of commands (`sh`) that README shows below a heading, in order. */
export async function readmeCommands(heading: string): Promise<string[]> {
  return (await stepsOf(heading)).filter(({ type }) => type === "sh").map(({ text }) => text);
}

async function stepsOf(heading: string) {
  return stepsUnder(readGuide(await Deno.readTextFile(`${REPOSITORY}README.md`)), heading);
}
