// Which @std packages a child deno gets: the published ones from JSR, or the stand-ins in
// tests/offline, for machines that do not reach JSR. WARM_IMAGES_OFFLINE decides: 1 takes the
// stand-ins, 0 forbids them. Without it tasks and tests take them where JSR does not answer, and say
// so; a build never does, as it may be released.

const IMPORT_MAP = new URL("../../tests/offline/import_map.json", import.meta.url);

const STAND_INS = [`--import-map=${decodeURIComponent(IMPORT_MAP.pathname)}`];

/** A build needs JSR, which does not answer, and nobody asked for stand-ins. */
export class NoJsrError extends Error {
  override name = "NoJsrError";
}

/** Flags that give a child deno the @std packages of this process. */
export function inheritedFlags(): string[] {
  return import.meta.resolve("@std/cli/parse-args").startsWith("file:") ? STAND_INS : [];
}

/**
 * Flags for what a task starts first: those of this process, else what JSR allows. What that starts
 * in turn takes `inheritedFlags()`, so that JSR is asked once.
 */
export async function offlineFlags(): Promise<string[]> {
  const inherited = inheritedFlags();
  return inherited.length > 0 ? inherited : await taskFlags();
}

/** Flags for a build; throws `NoJsrError`. */
export async function buildFlags(): Promise<string[]> {
  if (standInsWanted() === true) {
    say("Building with the stand-ins in tests/offline for @std packages: not for a release");
    return STAND_INS;
  }
  if (await jsrAnswers(30_000)) return [];
  throw new NoJsrError(
    `Cannot build: JSR does not answer at ${jsrUrl()}. Make it reachable, set JSR_URL to a mirror ` +
      "of it, or set WARM_IMAGES_OFFLINE=1 to build with the stand-ins in tests/offline, which is " +
      "not for a release",
  );
}

async function taskFlags(): Promise<string[]> {
  const wanted = standInsWanted();
  if (wanted !== undefined) return wanted ? STAND_INS : [];
  if (await jsrAnswers(3000)) return [];
  say(
    `JSR does not answer at ${jsrUrl()}: using the stand-ins in tests/offline for @std packages`,
  );
  return STAND_INS;
}

/** What WARM_IMAGES_OFFLINE says; undefined when it says nothing. */
function standInsWanted(): boolean | undefined {
  const value = Deno.env.get("WARM_IMAGES_OFFLINE") ?? "";
  if (value === "") return undefined;
  if (value === "1" || value === "0") return value === "1";
  throw new TypeError(`WARM_IMAGES_OFFLINE must be 0 or 1: current value is "${value}"`);
}

/** Where Deno looks for packages of JSR. */
export function jsrUrl(): string {
  const url = Deno.env.get("JSR_URL") || "https://jsr.io";
  return url.endsWith("/") ? url : `${url}/`;
}

async function jsrAnswers(timeoutMs: number): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(`${jsrUrl()}@std/cli/meta.json`, { signal });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // unreachable, silent, or no address at all
  }
}

function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
