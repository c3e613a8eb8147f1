// Writes the lists that follow from code into their page: `deno task readme`.
import { REFERENCE_PAGE, withLists } from "../house/reference_lists.ts";

const path = new URL(`../../${REFERENCE_PAGE}`, import.meta.url);
await Deno.writeTextFile(path, withLists(await Deno.readTextFile(path)));
const { success } = await new Deno.Command(Deno.execPath(), {
  args: ["fmt", "--quiet", decodeURIComponent(path.pathname)],
}).spawn().status;
if (!success) Deno.exit(1);
