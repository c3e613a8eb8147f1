import { onPath, runCommand } from "../commands.ts";
import { inCache } from "./tool_cache.ts";
import { ToolUnavailableError } from "./tool_errors.ts";

/** The Deno whose runtime `obtainDenort()` gives. */
export const DENO_OF_DENORT = "2.7.11";

const NAME = `denort-${DENO_OF_DENORT}`;

/**
 * Resolves to the runtime that `deno compile` embeds (linux x86_64; pairs with Deno 2.7.11):
 * $DENORT_BIN, else the copy that lies packed beside the repository's folder.
 */
export async function obtainDenort(): Promise<string> {
  const own = Deno.env.get("DENORT_BIN");
  if (own) return own;
  const folder = await inCache(NAME, async (target) => {
    const tools = new URL("../../../../shared/tools/", import.meta.url).pathname;
    const packed = `${tools}${NAME}.xz`;
    if (await Deno.stat(packed).catch(() => undefined) === undefined) {
      throw new ToolUnavailableError(
        'Cannot find "denort": set DENORT_BIN to the runtime that fits your Deno, or let "deno compile" download it',
      );
    }
    const path = `${target}/denort`;
    await unpack(packed, path);
    await verify(path, await Deno.readTextFile(`${tools}SHA256SUMS`));
    await Deno.chmod(path, 0o755);
  });
  return `${folder}/denort`;
}

/** Resolves to the program `deno` of `DENO_OF_DENORT`, as npm has it. */
export async function obtainDenoOfDenort(): Promise<string> {
  const args = ["-y", `deno@${DENO_OF_DENORT}`, "eval", "console.log(Deno.execPath())"];
  const { code, stdout, stderr } = await runCommand(onPath("npx") ?? "npx", args);
  if (code === 0) return stdout.trim();
  throw new ToolUnavailableError(
    `Cannot obtain Deno ${DENO_OF_DENORT} from npm; install Node.js or set npm's registry: ${stderr.trim()}`,
  );
}

async function unpack(packed: string, path: string): Promise<void> {
  if (onPath("xz") === undefined) {
    throw new ToolUnavailableError('Cannot unpack "denort": install xz (package xz-utils)');
  }
  await Deno.copyFile(packed, `${path}.xz`);
  const { code, stderr } = await runCommand("xz", ["-d", `${path}.xz`]);
  if (code !== 0) throw new ToolUnavailableError(`Cannot unpack "denort": ${stderr.trim()}`);
}

async function verify(path: string, sums: string): Promise<void> {
  const wanted = new RegExp(`^([0-9a-f]{64})  ${NAME}$`, "m").exec(sums)?.[1];
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  if (new Uint8Array(digest).toHex() === wanted) return;
  throw new ToolUnavailableError('Cannot use "denort": its SHA-256 differs from SHA256SUMS');
}
