// Reads manifests as Kubernetes' own clients do and writes what images they ask for, as JSON:
// {"files": n, "objects": ["Kind namespace/name"], "images": {image: ["Kind namespace/name"]},
// "refused": [the same, for what the API server would not take]}. Standard error tells of each
// document that cannot be read, "file: document n: why".
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
)

func main() {
	found := newFindings()
	for _, path := range os.Args[1:] {
		if err := eachManifest(path, found.readFile); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(found.sorted()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type findings struct {
	Files   int                 `json:"files"`
	Objects []string            `json:"objects"`
	Images  map[string][]string `json:"images"`
	Refused []string            `json:"refused"`

	asked []asked
}

type asked struct {
	object string
	// Which object it is left to, if that is there; empty for none.
	owner  string
	images []string
}

func newFindings() *findings {
	return &findings{Objects: []string{}, Images: map[string][]string{}, Refused: []string{}}
}

func (f *findings) sorted() *findings {
	f.Objects, f.Refused = unique(f.Objects), unique(f.Refused)
	for _, each := range f.asked {
		// Its owner speaks for it, as a Deployment does for its ReplicaSets.
		if _, found := slices.BinarySearch(f.Objects, each.owner); found {
			continue
		}
		for _, image := range each.images {
			f.Images[image] = append(f.Images[image], each.object)
		}
	}
	for image, reasons := range f.Images {
		f.Images[image] = unique(reasons)
	}
	return f
}

func unique(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}
