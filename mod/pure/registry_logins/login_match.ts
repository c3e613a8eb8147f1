import { compareTexts } from "../compare_texts.ts";
import { parseImageReference } from "../images/image_reference.ts";
import type { DockerConfigEntry } from "./docker_config.ts";
import type { RegistryLogin } from "./registry_login.ts";
import { parsePattern, servesRepository } from "./registry_pattern.ts";

/**
 * What kubelet asks keyrings and plugins about: registry and repository, such as
 * `docker.io/library/nginx`, without tag or digest; undefined: it is no reference.
 */
export function repositoryName(reference: string): string | undefined {
  const parsed = parseImageReference(reference);
  if ("fault" in parsed) return undefined;
  return `${parsed.reference.registry}/${parsed.reference.repository}`;
}

/**
 * Logins for a repository (`repositoryName()`), the one to try first first: of longer paths before
 * those of shorter ones, of named hosts before globs. All of them, as kubelet tries one after another.
 * Those for `index.docker.io` serve Docker Hub where nothing else does.
 */
export function loginsFor(
  entries: readonly DockerConfigEntry[],
  name: string,
): readonly RegistryLogin[] {
  const read = entries.flatMap(({ serves, login }) => {
    const pattern = parsePattern(serves);
    return pattern ? [{ pattern, login }] : [];
  });
  const matching = read
    .filter(({ pattern }) => servesRepository(pattern, name))
    .toSorted((a, b) => compareTexts(b.pattern.key, a.pattern.key));
  const chosen = matching.length > 0 || !name.startsWith(`${HUB}/`)
    ? matching
    : read.filter(({ pattern }) => pattern.key === HUB_ENTRY);
  return chosen.map(({ login }) => login);
}

const HUB = "docker.io";

/** Docker's own name for it in login files: `https://index.docker.io/v1/`. */
const HUB_ENTRY = "index.docker.io";
