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

	// What was asked for, and the kinds there are.
	asked []asked
	kinds map[string]bool
}

type asked struct {
	object string
	// Kind of the object's owner where it is one that is followed.
	ownerKind string
	images    []string
}

func newFindings() *findings {
	return &findings{
		Objects: []string{}, Images: map[string][]string{}, Refused: []string{},
		kinds: map[string]bool{},
	}
}

func (f *findings) sorted() *findings {
	for _, each := range f.asked {
		// Its owner speaks for it, as a Deployment does for its ReplicaSets.
		if f.kinds[each.ownerKind] {
			continue
		}
		for _, image := range each.images {
			f.Images[image] = append(f.Images[image], each.object)
		}
	}
	f.Objects, f.Refused = unique(f.Objects), unique(f.Refused)
	for image, reasons := range f.Images {
		f.Images[image] = unique(reasons)
	}
	return f
}

func unique(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}
