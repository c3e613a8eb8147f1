import { assertEquals, assertStringIncludes } from "@std/assert";
import { startProcess, waitUntil } from "../lab/process.ts";
import importMap from "../offline/import_map.json" with { type: "json" };
