import { type DebianProgram, obtainProgram } from "./debian_packages.ts";

/**
 * Debian's chromium without windows: what people's browsers draw with, in half of the packages. It
 * takes this machine's libc, and none of what windows and their drivers need.
 */
const CHROMIUM: DebianProgram = {
  name: "chromium-headless-shell",
  suite: "bookworm",
  also: ["fonts-dejavu-core"],
  without: ["libc6", "x11-utils", "xdg-utils"],
};

/** A browser, and the environment that it takes. */
export interface Chromium {
  readonly path: string;
  readonly env: Record<string, string>;
  /** Folder of its letters. */
  readonly fonts: string;
}

/** Resolves to a browser of its own libraries and fonts; see `obtainTool()` for errors. */
export async function obtainChromium(): Promise<Chromium> {
  const folder = await obtainProgram(CHROMIUM);
  const machine = `${Deno.build.arch}-linux-gnu`;
  const libraries = [`usr/lib/${machine}`, `lib/${machine}`, `usr/lib/${machine}/pulseaudio`];
  return {
    path: `${folder}/usr/lib/chromium/chromium-headless-shell`,
    env: { LD_LIBRARY_PATH: libraries.map((path) => `${folder}/${path}`).join(":") },
    fonts: `${folder}/usr/share/fonts`,
  };
}
