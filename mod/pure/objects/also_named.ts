import { parseImageReference } from "../images/image_reference.ts";
import { CONTAINER_LISTS } from "./images_in_pod.ts";
import type { AlsoWant } from "./observed.ts";
import { fieldsOf, itemsOf, textOf } from "./raw_value.ts";

/**
 * Images that containers name in their variables and arguments: those that an operator starts later.
 * They count only where users say so (`warm-images/also`). Taken are texts that are references with a
 * registry or a tag, in fields named after images: variables such as `RELATED_IMAGE_X`, `X_IMAGE` and
 * `X_IMAGES`, arguments such as `--x-image=…`, each with one or a list of `version=image`. Arguments
 * of other names need a registry and a tag, as in `--config-reloader=…`: else addresses would count.
 */
export function imagesAlsoNamed(spec: unknown): AlsoWant[] {
  const wants: AlsoWant[] = [];
  for (const list of CONTAINER_LISTS) {
    for (const item of itemsOf(fieldsOf(spec)[list])) {
      const { name, env, command, args } = fieldsOf(item);
      const container = textOf(name) ?? "";
      const texts = [
        ...inVariables(env).map((text) => ["env", text] as const),
        ...inArguments([...itemsOf(command), ...itemsOf(args)]).map((text) =>
          ["args", text] as const
        ),
      ];
      for (const [from, written] of texts) {
        if (wants.length === MAX_WANTS) return wants;
        const parsed = parseImageReference(written);
        if ("fault" in parsed) continue;
        wants.push({ written, reference: parsed.reference.canonical, container, from });
      }
    }
  }
  return wants;
}

/** The largest operators name some two hundred. */
const MAX_WANTS = 1000;

const VARIABLE = /^RELATED_IMAGE_|images?$/i;

const FLAG = /^--?([A-Za-z][\w.-]*?)(?:=(.*))?$/s;

const NAMED_AFTER_IMAGES = /images?$/i;

function inVariables(env: unknown): string[] {
  return itemsOf(env).map(fieldsOf).flatMap(({ name, value }) =>
    VARIABLE.test(textOf(name) ?? "") ? inList(value).filter(hasRegistryOrTag) : []
  );
}

function inArguments(args: readonly unknown[]): string[] {
  return args.flatMap((each, index) => {
    const [, name, value] = FLAG.exec(textOf(each) ?? "") ?? [];
    if (name === undefined) return [];
    if (!NAMED_AFTER_IMAGES.test(name)) return inList(value).filter(hasRegistryAndTag);
    return inList(value ?? args[index + 1]).filter(hasRegistryOrTag);
  });
}

/** One text, or several with commas or white space between, each of which may follow `key=`. */
function inList(value: unknown): string[] {
  return (textOf(value) ?? "").split(/[\s,]+/)
    .filter(({ length }) => length <= MAX_LENGTH)
    .map((each) => each.replace(/^[\w.+-]+=/, ""));
}

/** No reference comes near, and expressions stay quick. */
const MAX_LENGTH = 500;

function hasRegistryOrTag(text: string): boolean {
  return REGISTRY.test(text) || TAG.test(text);
}

function hasRegistryAndTag(text: string): boolean {
  return REGISTRY.test(text) && TAG.test(text);
}

/** As containerd tells a registry from the first part of a name (`splitDockerDomain`). */
const REGISTRY = /^(?:localhost|[^/]*[.:][^/]*)\/./;

/** A digest counts as well. */
const TAG = /[^/@:](?::[\w.-]+|@\w+:[0-9a-f]+)$/;
