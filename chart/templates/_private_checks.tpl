{{/* What is wrong with values about private images, and what looks so. */}}

{{/* Each ends the install with one sentence, as in _checks.tpl. */}}
{{- define "warm-images.checkPrivate" -}}
{{- $private := .Values.privateImages | default dict -}}
{{- range regexSplit "[\\s,]+" (include "warm-images.privateModes" .) -1 | compact -}}
{{- if not (has . (list "off" "bytes" "open")) -}}
{{- fail (printf "privateImages.modes: \"%s\" is no mode: bytes, open, both, or off" .) -}}
{{- end -}}
{{- end -}}
{{- range regexSplit "[\\s,]+" (include "warm-images.words" $private.openRegistries) -1 | compact -}}
{{- if contains "/" . -}}
{{- fail (printf "privateImages.openRegistries: \"%s\" is no host such as registry.example.com:5000" .) -}}
{{- end -}}
{{- end -}}
{{- range $namespace, $names := include "warm-images.pullSecrets" . | fromYaml -}}
{{- if not (regexMatch "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" $namespace) -}}
{{- fail (printf "privateImages.namespaces: \"%s\" cannot be a namespace" $namespace) -}}
{{- end -}}
{{- range $names -}}
{{- if not (regexMatch "^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$" .) -}}
{{- fail (printf "privateImages.namespaces.%s: \"%s\" cannot be the name of a Secret" $namespace .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range regexSplit "[\\s,]+" (include "warm-images.words" $private.nodeKeys) -1 | compact -}}
{{- if not (regexMatch "^[a-z0-9][a-z0-9.-]*=SHA256:[A-Za-z0-9+/]{43}$" .) -}}
{{- fail (printf "privateImages.nodeKeys: \"%s\" must be NODE=SHA256:…, as that node's agent logs it" .) -}}
{{- end -}}
{{- end -}}
{{- $given := .Values.agent.credentialProviders | default dict -}}
{{- if and $given.preset (or $given.config $given.directory) -}}
{{- fail (printf "agent.credentialProviders.preset is \"%s\", which says where config and directory are: leave these empty, or the preset" $given.preset) -}}
{{- end -}}
{{- if ne (empty $given.config) (empty $given.directory) -}}
{{- fail "agent.credentialProviders takes both, config and directory, as kubelet is given them" -}}
{{- end -}}
{{- if and $given.files (not (or $given.preset $given.config)) -}}
{{- fail "agent.credentialProviders.files is given without plugins that read them: name these in preset, or in config and directory" -}}
{{- end -}}
{{- range $key, $path := pick $given "config" "directory" -}}
{{- if and $path (not (hasPrefix "/" $path)) -}}
{{- fail (printf "agent.credentialProviders.%s must be an absolute path on the nodes, it is \"%s\"" $key $path) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What of it looks wrong, one line each. */}}
{{- define "warm-images.privateWarnings" -}}
{{- $found := list -}}
{{- $secrets := include "warm-images.pullSecrets" . | fromYaml -}}
{{- $modes := regexSplit "[\\s,]+" (include "warm-images.privateModes" .) -1 | compact -}}
{{- $hasOpen := include "warm-images.words" (.Values.privateImages).openRegistries -}}
{{- if and $hasOpen (not (has "open" $modes)) -}}
{{- $found = append $found "privateImages.openRegistries does nothing while privateImages.modes has no open." -}}
{{- end -}}
{{- if and (has "open" $modes) (not $hasOpen) -}}
{{- $found = append $found "privateImages.modes has open, but privateImages.openRegistries names no registry: no image will be open." -}}
{{- end -}}
{{- if and $secrets (not (without $modes "off")) -}}
{{- $found = append $found "privateImages.namespaces does nothing while privateImages.modes is off." -}}
{{- end -}}
{{- if and $secrets (semverCompare "<1.30-0" .Capabilities.KubeVersion.Version) -}}
{{- $found = append $found (printf "privateImages.namespaces needs Kubernetes 1.30, this is %s: before, tokens do not name the node, and no agent is given a pull secret." .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- if .Values.rbac.namespaced -}}
{{- $spaces := regexSplit "[\\s,]+" (include "warm-images.listSpaces" .) -1 -}}
{{- range $namespace, $_ := $secrets -}}
{{- if not (has $namespace $spaces) -}}
{{- $found = append $found (printf "privateImages.namespaces names \"%s\", which is not in list.spaces: nothing is read there but these Secrets." $namespace) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $secrets (not .Values.rbac.create) -}}
{{- $found = append $found (printf "rbac.create is false: give service account \"%s\" get on the Secrets of privateImages.namespaces yourself." (include "warm-images.serviceAccount" (list . "controller"))) -}}
{{- end -}}
{{- if not .Values.agent.relay -}}
{{- if or $secrets (include "warm-images.registryLogins" .) (include "warm-images.credentialProviders" .) -}}
{{- $found = append $found "agent.relay is false: no login is used, as it is the relay that carries them." -}}
{{- end -}}
{{- end -}}
{{- toYaml $found -}}
{{- end -}}
