/**
 * What the runtime holds of one image: `usable` (complete enough to start a container: unpacked),
 * `incomplete` (a record that a container could not start from yet) or `absent`.
 */
export type Presence =
  | { readonly state: "usable"; readonly bytes?: number | undefined }
  | { readonly state: "incomplete"; readonly why: string }
  | { readonly state: "absent" };
