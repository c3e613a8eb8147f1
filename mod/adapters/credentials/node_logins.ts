import { pause } from "../../async/delay.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import type { NodeLogins } from "../../ports/registry_logins.ts";
import { repositoryName } from "../../pure/registry_logins/login_match.ts";
import { type LoginRoom, openLoginFile } from "./login_file.ts";
import { openPluginLogins } from "./plugin_logins.ts";

/** Where the node's own logins are; absent ones are not used. */
export interface NodeLoginSettings {
  /** A file as Docker's config.json. */
  readonly file?: string | undefined;
  /** kubelet's --image-credential-provider-config: a file or a folder. */
  readonly providers?: string | undefined;
  /** kubelet's --image-credential-provider-bin-dir. */
  readonly providerDir?: string | undefined;
}

/** What it takes to use them. */
export interface NodeLoginOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Called when there may be other logins than before, so that what was refused may be tried again. */
  readonly changed?: (() => void) | undefined;
  /** How often files are looked at that nobody asks for, in ms. Default 15 s: they appear soon. */
  readonly lookMs?: number | undefined;
  /** How long a plugin may take, in ms. Default a minute, as with kubelet. */
  readonly deadlineMs?: number | undefined;
}

/**
 * Opens the logins of this node, once it has read them: those of its login file come first, then
 * those of plugins. Disposing of it ends plugins that run.
 */
export async function openNodeLogins(
  { file, providers, providerDir }: NodeLoginSettings,
  options: NodeLoginOptions,
): Promise<NodeLogins & AsyncDisposable> {
  const { clock, logger, changed = () => {}, lookMs = 15_000, deadlineMs } = options;
  const [closing, closed] = [new AbortController(), new AbortController()];
  const signal = AbortSignal.any([options.signal, closed.signal]);
  const rooms: LoginRoom[] = [];
  if (file !== undefined) rooms.push(openLoginFile({ path: file, logger, signal, changed }));
  if (providers !== undefined && providerDir !== undefined) {
    const folder = providerDir.replace(/(?<=.)\/+$/, "");
    const shared = { clock, logger, signal, changed, deadlineMs };
    rooms.push(openPluginLogins({ ...shared, path: providers, folder }));
  }
  const look = () => Promise.all(rooms.map((room) => room.look()));
  const watch = async () => {
    const ending = AbortSignal.any([signal, closing.signal]);
    while (rooms.length > 0 && await pause(lookMs, ending)) await look();
  };
  const ended = (error: unknown) => {
    if (!signal.aborted) throw error;
  };
  await look();
  const watching = watch().catch(ended);
  return {
    of(reference) {
      const name = repositoryName(reference);
      return name === undefined ? [] : rooms.flatMap((room) => room.of(name));
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await watching; // a look under way ends by itself, as reading cannot be broken off
      closed.abort();
      await Promise.all(rooms.map((room) => room.close()));
    },
  };
}
