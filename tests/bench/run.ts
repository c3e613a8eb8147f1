// `deno task bench [name …]`: measures each figure on real parts and prints them beside their targets.
import Table from "cli-table3";
import { agentFigures, firstReport } from "./agent_figures.ts";
import { controllerMemory, eventToPull } from "./controller_figures.ts";
import { type Figure, progress } from "./figure.ts";
import { wholePath } from "./whole_path.ts";

const BENCHES: Readonly<Record<string, () => Promise<Figure[]>>> = {
  "event-to-pull": eventToPull,
  "agent": agentFigures,
  "controller-memory": controllerMemory,
  "whole-path": wholePath,
  "first-report": firstReport,
};

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !(name in BENCHES));
  if (unknown.length > 0) {
    progress(`Unknown: ${unknown.join(", ")}. Known: ${Object.keys(BENCHES).join(", ")}`);
    return 2;
  }
  const table = new Table({
    head: ["what", "target", "measured", "met"],
    style: { head: [], border: [] },
  });
  for (const [name, measure] of Object.entries(BENCHES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    progress(`— ${name}`);
    for (const { what, target, measured, met } of await measure()) {
      table.push([what, target, measured, met ? "yes" : "NO"]);
    }
  }
  Deno.stdout.writeSync(new TextEncoder().encode(`${table.toString()}\n`));
  return 0;
}
