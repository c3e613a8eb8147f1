import { type NatsSettings, readServerAddress } from "../../../mod/pure/settings/nats_settings.ts";

/** How a test reaches NATS: the settings, with the servers as a user writes them. */
export interface NatsAccess extends Omit<NatsSettings, "servers"> {
  readonly urls: readonly string[];
}

/** What the programs make of it. Throws an error for a URL that they would refuse. */
export function natsSettings({ urls, ...others }: NatsAccess): NatsSettings {
  const servers = urls.map((url) => {
    const reading = readServerAddress(url);
    if ("fault" in reading) throw new Error(`"${url}" ${reading.fault}`);
    return reading.value;
  });
  return { ...others, servers };
}
