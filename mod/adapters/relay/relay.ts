import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import type { NotRelayed, PullRelay, RelayedPull } from "../../ports/pull_relay.ts";
import { parseImageReference } from "../../pure/images/image_reference.ts";
import type { Platform } from "../../pure/images/image_manifest.ts";
import { AheadStore } from "./blobs/ahead_store.ts";
import { ByteRate } from "./blobs/byte_rate.ts";
import { ConnectionBudget } from "./blobs/connection_budget.ts";
import { HostsFolderError, openHostsFolder } from "./hosts_folder.ts";
import { PauseGate } from "./blobs/pause_gate.ts";
import type { Registries } from "./registries/registries.ts";
import { PublicProofs } from "./public_proofs.ts";
import { RefusedLogins } from "./refused_logins.ts";
import { PullSession } from "./pull_session.ts";
import { serveRelay } from "./door/relay_server.ts";

/** How to open a relay. */
export interface RelayOptions {
  /** Absolute path of the folder in which each pull gets a hosts folder; made when missing. */
  readonly folder: string;
  readonly platform: Platform;
  readonly registries: Registries;
  readonly clock: Clock;
  readonly logger?: Logger | undefined;
  /** For the parts of large blobs, of all pulls together. Default 8. */
  readonly connections?: number;
  /** The most that all pulls together fetch in a second; default: no limit. */
  readonly bytesPerSecond?: number | undefined;
}

/** Starts the relay on a free port of 127.0.0.1. */
export function openRelay(options: RelayOptions): PullRelay & AsyncDisposable {
  const sessions = new Map<string, PullSession>();
  const server = serveRelay(sessions);
  const folder = openHostsFolder(options.folder);
  const gate = new PauseGate();
  const { connections = 8, bytesPerSecond } = options;
  const intake = {
    gate,
    rate: bytesPerSecond === undefined ? undefined : new ByteRate(bytesPerSecond),
    connections: new ConnectionBudget(connections),
  };
  const ahead = new AheadStore();
  const proofs = new PublicProofs(options.clock);
  const refusedLogins = new RefusedLogins(options.logger);
  return {
    open: async (text, { logins = [] } = {}): Promise<RelayedPull | NotRelayed> => {
      const parsed = parseImageReference(text);
      if ("fault" in parsed) return { direct: parsed.fault };
      const { reference } = parsed;
      const repository = await options.registries.open(reference);
      if ("direct" in repository) return repository;
      const name = randomName();
      const session = new PullSession(reference, repository, {
        platform: options.platform,
        intake,
        ahead,
        logins,
        proofs,
        onGivenUp: ({ from }) => refusedLogins.add(from, reference.registry),
        clock: options.clock,
      });
      const url = `http://127.0.0.1:${server.port}/${name}/v2`;
      let hostsDir: string;
      try {
        hostsDir = await folder.add(name, url);
      } catch (error) {
        if (!(error instanceof HostsFolderError)) throw error;
        return { direct: error.message };
      }
      sessions.set(name, session);
      return {
        hostsDir,
        lookUp: (how) => session.lookUp(how),
        fetchAhead: (blobs, how) => session.fetchAhead(blobs, how),
        distrust: () => session.distrust(),
        get traffic() {
          return session.traffic;
        },
        async [Symbol.asyncDispose]() {
          sessions.delete(name);
          session.end();
          await folder.remove(name);
        },
      };
    },
    pause: (paused) => gate.set(paused),
    async [Symbol.asyncDispose]() {
      for (const session of sessions.values()) session.end();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** 128 bits that nobody guesses. */
function randomName(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}
