package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// As kubectl reads a file (`FileVisitor` and `StreamVisitor` of k8s.io/cli-runtime), but that one
// stops at the first document that cannot be read.
func (f *findings) readFile(path string) {
	f.Files++
	file, err := os.Open(path)
	if err != nil {
		tell("%s: %v", path, err)
		return
	}
	defer file.Close()
	text := transform.NewReader(file, unicode.BOMOverride(unicode.UTF8.NewDecoder()))
	decoder := yaml.NewYAMLOrJSONDecoder(text, 4096)
	for number := 1; ; number++ {
		place := fmt.Sprintf("%s: document %d", path, number)
		var document runtime.RawExtension
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			tell("%s: %v", place, err)
			if !goesOn(err) {
				return
			}
			continue
		}
		f.readDocument(bytes.TrimSpace(document.Raw), place)
	}
}

// Whether the decoder stands before the next document after this error.
func goesOn(err error) bool {
	var inYaml yaml.YAMLSyntaxError
	var inJson yaml.JSONSyntaxError
	return errors.As(err, &inYaml) || errors.As(err, &inJson)
}

func (f *findings) readDocument(raw []byte, place string) {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return
	}
	var head metav1.TypeMeta
	if err := json.Unmarshal(raw, &head); err != nil {
		tell("%s: %v", place, err)
		return
	}
	if strings.HasSuffix(head.Kind, "List") && f.readItems(raw, head, place) {
		return
	}
	if err := f.readObject(raw, head); err != nil {
		tell("%s: %v", place, err)
	}
}

// The items of a list; those of a typed one, such as a PodList, do not say what they are. False when
// there are none: then it is an object whose kind ends so.
func (f *findings) readItems(raw []byte, head metav1.TypeMeta, place string) bool {
	var list struct {
		Items []map[string]any `json:"items"`
	}
	if err := json.Unmarshal(raw, &list); err != nil || list.Items == nil {
		return false
	}
	kind := strings.TrimSuffix(head.Kind, "List")
	for index, item := range list.Items {
		if kind != "" && item["kind"] == nil {
			item["kind"], item["apiVersion"] = kind, head.APIVersion
		}
		itemPlace := fmt.Sprintf("%s: item %d", place, index)
		encoded, err := json.Marshal(item)
		if err != nil {
			tell("%s: %v", itemPlace, err)
			continue
		}
		f.readDocument(encoded, itemPlace)
	}
	return true
}

func tell(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
}
