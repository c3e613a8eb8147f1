import type { Section } from "./sections.ts";

/** Sections whose blocks are carried out by tests, word for word. */
export const GUIDE = {
  install: { page: "README.md", heading: "Install" },
  seeItWork: { page: "README.md", heading: "See it work" },
  seeWarm: { page: "README.md", heading: "See what is warm" },
  newNodes: { page: "README.md", heading: "New nodes" },
  bytes: { page: "mod/PRIVATE_IMAGES.md", heading: "Where the bytes are" },
  lists: { page: "mod/WANTED.md", heading: "Marks and lists" },
  choose: { page: "chart/README.md", heading: "Choose namespaces and images" },
  remove: { page: "README.md", heading: "Remove" },
  chartInstall: { page: "chart/README.md", heading: "Install" },
  proxy: { page: "chart/README.md", heading: "Proxy and authorities" },
  ownNats: { page: "chart/README.md", heading: "Your own NATS" },
  twoNamespaces: { page: "chart/README.md", heading: "Two namespaces" },
  narrow: { page: "chart/README.md", heading: "Test it, narrow it" },
  upgrade: { page: "chart/README.md", heading: "Upgrade, roll back, uninstall" },
  standalone: { page: "mod/README.md", heading: "Standalone nodes" },
  sharedNats: { page: "mod/README.md", heading: "Permissions of a shared NATS" },
} as const satisfies Readonly<Record<string, Section>>;
