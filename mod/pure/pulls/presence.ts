/**
 * What the runtime holds of one image: `usable` (complete enough to start a container: unpacked),
 * `incomplete` (a record that a container could not start from yet) or `absent`.
 */
export type Presence =
  | {
    readonly state: "usable";
    /** What is there of it; absent: the image. */
    readonly as?: "bytes" | undefined;
    readonly bytes?: number | undefined;
    /** Of what the reference stands for on this node, such as `sha256:…`. */
    readonly digest?: string | undefined;
  }
  | { readonly state: "incomplete"; readonly why: string }
  | { readonly state: "absent" };
