// Writes the lists that follow from code into their pages: `deno task readme`.
import { REFERENCE_PAGES, withLists } from "../house/reference_lists.ts";

for (const page of REFERENCE_PAGES) {
  const path = new URL(`../../${page}`, import.meta.url);
  await Deno.writeTextFile(path, withLists(page, await Deno.readTextFile(path)));
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", decodeURIComponent(path.pathname)],
  }).spawn().status;
  if (!success) Deno.exit(1);
}
