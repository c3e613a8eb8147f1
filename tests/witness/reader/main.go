// Reads manifests as Kubernetes' own clients do and writes what images they ask for, as JSON:
// {"files": n, "objects": ["Kind namespace/name"], "images": {image: ["Kind namespace/name"]},
// "refused": [the same, for what the API server would not take]}. Standard error tells of each
// document that cannot be read, "file: document n: why".
package main

import (
	"cmp"
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
	// What controls the object, if anything does: it speaks where it is there.
	owner string
	// What a pod is called whose owner is not there: by that one's name, as many pods are.
	orphan string
	images []string
}

func newFindings() *findings {
	return &findings{Objects: []string{}, Images: map[string][]string{}, Refused: []string{}}
}

func (f *findings) sorted() *findings {
	f.Objects, f.Refused = unique(f.Objects), unique(f.Refused)
	for _, each := range f.asked {
		if _, found := slices.BinarySearch(f.Objects, each.owner); found {
			continue
		}
		for _, image := range each.images {
			f.Images[image] = append(f.Images[image], cmp.Or(each.orphan, each.object))
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
