/** What an image runs on, as image configs and indexes write it. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
}

/** The platform of this machine, in the words of image configs. */
export const HERE: Platform = {
  os: "linux",
  architecture: Deno.build.arch === "x86_64" ? "amd64" : "arm64",
};
