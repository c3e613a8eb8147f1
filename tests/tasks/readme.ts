// Writes what follows from code: lists on pages, and the chart's table of kinds: `deno task readme`.
import { KIND_TABLE_PATH, kindTable } from "../house/kind_table.ts";
import { REFERENCE_PAGES, withLists } from "../house/reference_lists.ts";

await Deno.writeTextFile(KIND_TABLE_PATH, kindTable());

for (const page of REFERENCE_PAGES) {
  const path = new URL(`../../${page}`, import.meta.url);
  await Deno.writeTextFile(path, withLists(page, await Deno.readTextFile(path)));
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", decodeURIComponent(path.pathname)],
  }).spawn().status;
  if (!success) Deno.exit(1);
}
