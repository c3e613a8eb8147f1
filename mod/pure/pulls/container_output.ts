import * as v from "valibot";
import { rows } from "./ctr_output.ts";
import type { ContainerRecord, ListedContainer } from "./snapshotter_choice.ts";

/** Reads `ctr containers ls`: CONTAINER IMAGE RUNTIME; a container without an image has `-`. */
export function parseContainers(stdout: string): ListedContainer[] {
  return rows(stdout).flatMap(([id = "", , runtime]) =>
    ID.test(id) && runtime !== undefined ? [{ id, runtime }] : []
  );
}

/** Reads `ctr containers ls`: names of the images that containers were created from. */
export function parseContainerImages(stdout: string): string[] {
  const images = rows(stdout).flatMap(([, image]) => image === undefined ? [] : [image]);
  return [...new Set(images)].filter((image) => image !== "-");
}

/** containerd's rule for identifiers: github.com/containerd/containerd/blob/main/pkg/identifiers */
const ID = /^[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*$/;

/** Reads `ctr containers info`; undefined where it does not say what is asked. */
export function parseContainer(stdout: string): ContainerRecord | undefined {
  const read = v.safeParse(RECORD, stdout);
  if (!read.success) return undefined;
  return { snapshotter: read.output.Snapshotter, createdAt: read.output.CreatedAt };
}

const RECORD = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ Snapshotter: v.string(), CreatedAt: v.string() }),
);
