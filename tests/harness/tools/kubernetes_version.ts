/** Lines of Kubernetes that local clusters run; the first is the default, by which CI tests. */
export const KUBERNETES_VERSIONS = ["1.37", "1.35"] as const;

/** One of them. */
export type KubernetesVersion = (typeof KUBERNETES_VERSIONS)[number];

/** Whether there are programs of this version. */
export function isKubernetesVersion(text: string): text is KubernetesVersion {
  return KUBERNETES_VERSIONS.some((version) => version === text);
}

/** What WARM_IMAGES_KUBERNETES says, else the default. Throws when that is none we have. */
export function kubernetesVersion(
  wanted: string | undefined = Deno.env.get("WARM_IMAGES_KUBERNETES"),
): KubernetesVersion {
  const version = wanted || KUBERNETES_VERSIONS[0];
  if (isKubernetesVersion(version)) return version;
  throw new Error(
    `Cannot use Kubernetes "${version}": WARM_IMAGES_KUBERNETES is ${
      KUBERNETES_VERSIONS.join(" or ")
    }`,
  );
}
