// `deno task build`: finds out which @std packages to build with, then has compile.ts build, which
// itself needs some of them. Takes what compile.ts takes.
import { buildFlags, NoJsrError } from "./offline_flags.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  try {
    const flags = await buildFlags();
    const compile = decodeURIComponent(new URL("compile.ts", import.meta.url).pathname);
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", ...flags, compile, ...args],
    });
    return (await command.spawn().status).code;
  } catch (error) {
    if (!(error instanceof NoJsrError)) throw error;
    Deno.stderr.writeSync(new TextEncoder().encode(`${error.message}\n`));
    return 1;
  }
}
