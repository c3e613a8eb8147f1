// Objects that ask for a private image.
import type { PrivateUse } from "../../../mod/pure/private_images/private_use.ts";
import type { WantedSet } from "../../../mod/pure/wants/wanted_set.ts";
import type { WantsRules } from "../../../mod/pure/wants/wants_fold.ts";
import { workloadObject } from "./cluster_objects.ts";
import { Passes } from "./folding.ts";

type Raw = Record<string, unknown>;

/** The image that all ask for. */
export const APP = "reg.example/app:1";
/** Rules by which it may be open. */
export const OPEN: Partial<WantsRules> = {
  private: { modes: ["bytes", "open"], openRegistries: ["reg.example"] },
};

/** A Namespace with a mark. */
export function space(
  name: string,
  mode?: string,
  where: "annotations" | "labels" = "annotations",
): Raw {
  const marks = mode === undefined ? {} : { [where]: { "warm-images/private": mode } };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, ...marks } };
}

/** A ServiceAccount with pull secrets. */
export function account(secrets: readonly string[], name = "default", namespace = "shop"): Raw {
  const imagePullSecrets = secrets.map((name) => ({ name }));
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace },
    imagePullSecrets,
  };
}

/** A pod that names pull secrets. */
export const by = (...names: readonly string[]) => ({
  imagePullSecrets: names.map((name) => ({ name })),
});

/** A workload of such pods. */
export function web(pod: Raw = by("regcred"), namespace = "shop", kind = "Deployment"): Raw {
  return workloadObject(kind, [APP], { namespace, pod });
}

/** How the image may be had by a pass. */
export function usesOf(set: WantedSet): readonly PrivateUse[] | undefined | "unwanted" {
  const image = set.images.get(APP);
  return image === undefined ? "unwanted" : image.private;
}

/** The same of the first pass over these objects. */
export const uses = (objects: readonly Raw[], rules: Partial<WantsRules> = {}) =>
  usesOf(new Passes(rules).pass(objects));

/** It may be had as bytes, by these secrets. */
export const bytes = (...secrets: readonly string[]): PrivateUse => ({
  mode: "bytes",
  secrets: secrets.map((each) => {
    const [namespace = "", name = ""] = each.split("/");
    return { namespace, name };
  }),
});
