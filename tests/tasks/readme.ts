// Writes the tables that follow from code into README: `deno task readme`.
import { withTables } from "../house/readme_tables.ts";

const path = new URL("../../README.md", import.meta.url);
await Deno.writeTextFile(path, withTables(await Deno.readTextFile(path)));
const { success } = await new Deno.Command(Deno.execPath(), {
  args: ["fmt", "--quiet", decodeURIComponent(path.pathname)],
}).spawn().status;
if (!success) Deno.exit(1);
