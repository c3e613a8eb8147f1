import type { Marks } from "../objects/observed.ts";
import type { SpaceAccounts } from "./account_secrets.ts";
import type { Asked } from "./asked.ts";
import type { PodClasses } from "./pod_classes.ts";
import type { Spoken } from "./spoken.ts";
import type { AskedImage } from "./asked_image.ts";
import type { Withheld } from "./withheld.ts";

/** What followed from a workload in the pass before, and from what. */
export interface Remembered {
  spoken?: { readonly from: readonly unknown[]; readonly spoken: Spoken };
  images?: {
    readonly asked: readonly Asked[];
    readonly marks: Marks;
    readonly classes: PodClasses;
    readonly accounts: SpaceAccounts | undefined;
    readonly images: readonly AskedOf[];
    readonly withheld: readonly Withheld[];
  };
}

/** What is asked of the image with this reference. */
export interface AskedOf {
  readonly reference: string;
  readonly asked: AskedImage;
}
