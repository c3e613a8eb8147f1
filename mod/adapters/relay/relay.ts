import type { NotRelayed, PullRelay, RelayedPull } from "../../ports/pull_relay.ts";
import { parseImageReference } from "../../pure/images/image_reference.ts";
import type { Platform } from "../../pure/images/image_manifest.ts";
import { ByteRate } from "./byte_rate.ts";
import { ConnectionBudget } from "./connection_budget.ts";
import { PauseGate } from "./pause_gate.ts";
import type { Registries } from "./registries.ts";
import { PullSession } from "./pull_session.ts";
import { serveRelay } from "./relay_server.ts";

/** How to open a relay. */
export interface RelayOptions {
  /** Absolute path of the folder in which each pull gets a hosts folder; made when missing. */
  readonly folder: string;
  readonly platform: Platform;
  readonly registries: Registries;
  /** For the parts of large blobs, of all pulls together. Default 8. */
  readonly connections?: number;
  /** The most that all pulls together fetch in a second; default: no limit. */
  readonly bytesPerSecond?: number | undefined;
}

/** Starts the relay on a free port of 127.0.0.1. */
export function openRelay(options: RelayOptions): PullRelay & AsyncDisposable {
  const sessions = new Map<string, PullSession>();
  const server = serveRelay(sessions);
  const gate = new PauseGate();
  const { connections = 8, bytesPerSecond } = options;
  const intake = {
    gate,
    rate: bytesPerSecond === undefined ? undefined : new ByteRate(bytesPerSecond),
    connections: new ConnectionBudget(connections),
  };
  return {
    open: async (text): Promise<RelayedPull | NotRelayed> => {
      const parsed = parseImageReference(text);
      if ("fault" in parsed) return { direct: parsed.fault };
      const { reference } = parsed;
      const repository = await options.registries.open(reference);
      if ("direct" in repository) return repository;
      const name = randomName();
      const session = new PullSession(reference, repository, {
        platform: options.platform,
        intake,
      });
      const hostsDir = `${options.folder}/pulls/${name}`;
      await writeHostsFile(hostsDir, `http://127.0.0.1:${server.port}/${name}/v2`);
      sessions.set(name, session);
      return {
        hostsDir,
        lookUp: (how) => session.lookUp(how),
        fetchAhead: (blobs, how) => session.fetchAhead(blobs, how),
        get traffic() {
          return session.traffic;
        },
        async [Symbol.asyncDispose]() {
          sessions.delete(name);
          session.end();
          await Deno.remove(hostsDir, { recursive: true });
        },
      };
    },
    pause: (paused) => gate.set(paused),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** 128 bits that nobody guesses. */
function randomName(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}

/**
 * For containerd 1.6 to 2.4: without a [host] table 1.x ignores the file, and without `server` it
 * asks the registry itself where the relay has said no.
 */
async function writeHostsFile(hostsDir: string, url: string): Promise<void> {
  const folder = `${hostsDir}/_default`;
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const rights = ['capabilities = ["pull", "resolve"]', "override_path = true"];
  const lines = [`server = "${url}"`, ...rights, `[host."${url}"]`, ...rights];
  await Deno.writeTextFile(`${folder}/hosts.toml`, lines.join("\n") + "\n", { mode: 0o600 });
}
