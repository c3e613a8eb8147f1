import type { Clock } from "../../ports/clock.ts";
import type { LoginSource } from "../../ports/registry_logins.ts";
import {
  type CredentialProvider,
  isAskedAbout,
} from "../../pure/registry_logins/credential_provider.ts";
import { KeptReading } from "./kept_reading.ts";
import type { LoginRoom, LoginRoomOptions } from "./login_file.ts";
import { Plugin } from "./plugin.ts";
import { loadProviderFiles, understandProviders } from "./provider_files.ts";

/** What plugins need besides. */
export interface PluginLoginsOptions extends LoginRoomOptions {
  /** Where their programs lie. */
  readonly folder: string;
  readonly clock: Clock;
  /** As `PluginOptions.deadlineMs`. */
  readonly deadlineMs?: number | undefined;
}

interface Known {
  readonly provider: CredentialProvider;
  readonly plugin: Plugin;
}

/** Logins that kubelet's credential provider plugins give; their configuration is read anew now and then. */
export function openPluginLogins(options: PluginLoginsOptions): LoginRoom {
  const { path, logger, signal, changed } = options;
  // Answers of a plugin that is configured otherwise now count no more.
  const known: Known[] = [];
  const runs = new Set<Promise<unknown>>();
  const take = () => {
    known.splice(
      0,
      known.length,
      ...kept.value.map((provider) => {
        return { provider, plugin: new Plugin(provider, { ...options, runs }) };
      }),
    );
    changed();
  };
  const kept = new KeptReading<readonly CredentialProvider[]>(
    {
      ...{ what: "configuration of credential plugins", path, logger, changed: take },
      advice: "correct it, or name another one (--credential-providers)",
      load: (signal) => loadProviderFiles(path, signal),
      understand: understandProviders,
    },
    [],
    signal,
  );
  const sourceOf = ({ provider }: Known, name: string): LoginSource => ({
    from: `plugin ${provider.name}`,
    async find(asked) {
      // It may have been configured otherwise since.
      const now = known.find((each) => each.provider.name === provider.name);
      return now && isAskedAbout(now.provider, name)
        ? await now.plugin.find(name, asked)
        : undefined;
    },
  });
  return {
    of: (name) =>
      known.filter(({ provider }) => isAskedAbout(provider, name))
        .map((each) => sourceOf(each, name)),
    look: () => kept.look(),
    close: async () => void await Promise.all(runs),
  };
}
