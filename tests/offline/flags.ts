// Prints the flag by which a task takes the stand-ins beside this file where JSR does not answer, or
// nothing: `deno run -A $(deno run -A tests/offline/flags.ts) …`, as deno.json does it. Its path is
// relative to the repository, because a shell would split one with spaces.
import { offlineFlags } from "../../mod/build/offline_flags.ts";

const root = decodeURIComponent(new URL("../..", import.meta.url).pathname);
const flags = (await offlineFlags()).map((flag) => flag.replace(root, ""));
Deno.stdout.writeSync(new TextEncoder().encode(flags.join(" ")));
