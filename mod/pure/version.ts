import config from "../../deno.json" with { type: "json" };

/** This program's version, such as `0.2.0`. */
export const VERSION: string = config.version;
