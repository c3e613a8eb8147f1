import { abortable } from "../../async/abortable.ts";
import type { Logger } from "../../ports/logger.ts";
import type { LoginSource } from "../../ports/registry_logins.ts";
import {
  type DockerConfigEntry,
  readDockerConfig,
} from "../../pure/registry_logins/docker_config.ts";
import { loginsFor } from "../../pure/registry_logins/login_match.ts";
import { isSameLogin } from "../../pure/registry_logins/same_login.ts";
import type { Decoded } from "../../pure/bucket/decode.ts";
import { KeptReading, type Understood } from "./kept_reading.ts";
import { readText } from "./read_text.ts";

/** Where logins come from that were looked up before they are used. */
export interface LoginRoom {
  /** Those for a repository (`repositoryName()`), the first to try first. Does not throw. */
  of(name: string): readonly LoginSource[];
  /** Reads anew what may have changed. Throws the signal's reason. */
  look(): Promise<void>;
  /** Waits until nothing of it runs any more, once its signal has aborted. */
  close(): Promise<void>;
}

/** What both kinds need. */
export interface LoginRoomOptions {
  readonly path: string;
  readonly logger: Logger;
  /** Ends reading. */
  readonly signal: AbortSignal;
  /** Called when there may be other logins than before. */
  readonly changed: () => void;
}

/** Logins of a file as Docker's config.json, which is read anew with each use. */
export function openLoginFile({ path, logger, signal, changed }: LoginRoomOptions): LoginRoom {
  const kept = new KeptReading<readonly DockerConfigEntry[]>(
    {
      ...{ what: "login file", path, logger, changed, understand },
      advice: "correct it (--registry-logins)",
      load: (signal) => readText(path, signal),
    },
    [],
    signal,
  );
  const sourceAt = (at: number, name: string): LoginSource => ({
    from: "login file",
    async find({ signal, refused }) {
      signal.throwIfAborted();
      await abortable(kept.look(), signal);
      const login = loginsFor(kept.value, name)[at];
      return login && refused && isSameLogin(login, refused) ? undefined : login;
    },
  });
  return {
    of: (name) => loginsFor(kept.value, name).map((_, at) => sourceAt(at, name)),
    look: () => kept.look(),
    close: () => Promise.resolve(),
  };
}

function understand(text: string): Decoded<Understood<readonly DockerConfigEntry[]>> {
  const read = readDockerConfig(text);
  if ("fault" in read) return read;
  const { entries, faults, namesHelpers } = read.value;
  const remarks = namesHelpers
    ? [...faults, "programs of credsStore and credHelpers are not run: name the logins themselves"]
    : faults;
  return { value: { value: entries, remarks, counts: { logins: entries.length } } };
}
