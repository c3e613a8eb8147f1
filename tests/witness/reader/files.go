package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var manifestName = regexp.MustCompile(`(?i)\.(ya?ml|json)$`)

// Calls `read` with the file that `path` names, or with each manifest of that folder and the
// folders in it; links are followed, names that begin with a dot are left out.
func eachManifest(path string, read func(path string)) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		read(path)
		return nil
	}
	walk(path, read, map[string]bool{})
	return nil
}

func walk(folder string, read func(path string), visited map[string]bool) {
	real, err := filepath.EvalSymlinks(folder)
	if err != nil || visited[real] {
		return
	}
	visited[real] = true
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		info, err := os.Stat(path)
		if err != nil || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		if info.IsDir() {
			walk(path, read, visited)
		} else if info.Mode().IsRegular() && manifestName.MatchString(path) {
			read(path)
		}
	}
}
