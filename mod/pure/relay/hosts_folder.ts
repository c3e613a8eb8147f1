/**
 * Names of folders that may hold the hosts.toml of a registry, such as `registry.example:5000`; the
 * first that exists counts (`hostPaths` and `hostDirectory` of containerd's
 * core/remotes/docker/config, the same in 1.6 to 2.4).
 */
export function hostsFolders(registry: string): string[] {
  const colon = registry.lastIndexOf(":");
  const folders = [registry, "_default"];
  if (colon <= 0) return folders;
  return [`${registry.slice(0, colon)}_${registry.slice(colon + 1)}_`, ...folders];
}

/** What is left of a folder without a hosts.toml: certificate files, as Docker laid them out. */
export interface CertificateFiles {
  readonly caFiles: readonly string[];
  readonly clients: readonly ClientFiles[];
}

/** A certificate that the client shows; one file may hold both. */
export interface ClientFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Picks certificate files by the names in `folder`: `loadCertFiles` of the same package. */
export function certificateFiles(folder: string, names: readonly string[]): CertificateFiles {
  const sorted = names.toSorted();
  const path = (name: string) => `${folder}/${name}`;
  return {
    caFiles: sorted.filter((name) => name.endsWith(".crt")).map(path),
    clients: sorted.filter((name) => name.endsWith(".cert")).map((name) => {
      const key = name.replace(/\.cert$/, ".key");
      return { certFile: path(name), keyFile: path(names.includes(key) ? key : name) };
    }),
  };
}
