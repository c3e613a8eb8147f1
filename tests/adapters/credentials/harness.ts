import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openNodeLogins } from "../../../mod/adapters/credentials/node_logins.ts";
import type { NodeLoginSettings } from "../../../mod/adapters/credentials/node_logins.ts";
import { systemClock } from "../../../mod/adapters/clock.ts";
import type { Clock } from "../../../mod/ports/clock.ts";
import type { NodeLogins } from "../../../mod/ports/registry_logins.ts";
import type { RegistryLogin } from "../../../mod/pure/registry_logins/registry_login.ts";
import { type RecordingLogger, recordingLogger } from "../../harness/fakes/quiet.ts";

/** A text that must never show. */
export const CANARY = "canary-hunter2";

/** Node logins of a test, with what they logged. */
export interface TestLogins extends NodeLogins, AsyncDisposable {
  readonly logger: RecordingLogger;
  /** How often other logins were told of. */
  readonly changes: number;
}

/** Opens them by the machine's clock, or by one of the test's own. */
export async function openTestLogins(
  settings: NodeLoginSettings,
  options: {
    readonly clock?: Clock;
    readonly signal?: AbortSignal;
    readonly deadlineMs?: number;
    /** Default: files are looked at when somebody asks only. */
    readonly lookMs?: number;
  } = {},
): Promise<TestLogins> {
  const {
    clock = systemClock,
    signal = new AbortController().signal,
    deadlineMs,
    lookMs = 3_600_000,
  } = options;
  const logger = recordingLogger();
  let changes = 0;
  const logins = await openNodeLogins(settings, {
    ...{ clock, logger, signal, deadlineMs, lookMs },
    changed: () => void changes++,
  });
  return {
    logger,
    get changes() {
      return changes;
    },
    of: (reference) => logins.of(reference),
    [Symbol.asyncDispose]: () => logins[Symbol.asyncDispose](),
  };
}

/** What each source gives for an image, in order. */
export async function found(
  logins: NodeLogins,
  reference: string,
): Promise<(string | undefined)[]> {
  const { signal } = new AbortController();
  return await Promise.all(
    logins.of(reference).map(async (source) => textOf(await source.find({ signal }))),
  );
}

/** A login as `name:password` or `bearer token`. */
export function textOf(login: RegistryLogin | undefined): string | undefined {
  if (login === undefined) return undefined;
  return login.type === "password"
    ? `${login.username}:${login.password.reveal()}`
    : `${login.type} ${login.token.reveal()}`;
}

/** Lines of the log, as they would be printed. */
export function logged({ logger }: TestLogins): string {
  return logger.lines.map(({ level, message, fields }) =>
    JSON.stringify({ level, message, fields })
  )
    .join("\n");
}

/** Why parts, or all of it, could not be used: the reasons of its warnings. */
export function warnings({ logger }: TestLogins): { message: string; reason: string }[] {
  return logger.lines.filter(({ level }) => level === "warn")
    .map(({ message, fields }) => ({ message, reason: String(fields["reason"]) }));
}

/** Sees that unusable files were named once, with `why`, and nothing of what they hold. */
export function assertNamedOnce(
  logins: TestLogins,
  { what, path, why }: { readonly what: string; readonly path: string; readonly why: string },
): void {
  const lines = logins.logger.lines.filter(({ level }) => level === "warn");
  assertEquals(lines.length, 1, logged(logins));
  const { message, fields } = onlyItem(lines);
  assertEquals(message, `Cannot use the ${what}: what it said before stays in force`);
  assertStringIncludes(String(fields["reason"]), why);
  assertEquals(fields["path"], path);
  assert(!logged(logins).includes(CANARY), logged(logins));
}

/** A folder that goes with the test. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Writes a file whole at once: it may be read at any moment. */
export async function replaceFile(
  path: string,
  text: string,
  options: Deno.WriteFileOptions = {},
): Promise<void> {
  await Deno.writeTextFile(`${path}.new`, text, options);
  await Deno.rename(`${path}.new`, path);
}

/** A login file with one login for each host. */
export function loginFile(passwords: Readonly<Record<string, string>>): string {
  const auths = Object.entries(passwords).map(([host, password]) =>
    [host, { auth: btoa(`u:${password}`) }] as const
  );
  return JSON.stringify({ auths: Object.fromEntries(auths) });
}

/** The one item that there is. */
export function onlyItem<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined || items.length > 1) throw new Error(`There are ${items.length} items`);
  return item;
}
