{{/* What looks wrong in the values or in the cluster, one line each; nothing of it ends the install. */}}
{{- define "warm-images.warnings" -}}
{{- $found := list -}}
{{- $nats := .Values.nats -}}
{{- $agent := .Values.agent -}}
{{- $url := include "warm-images.givenUrl" . -}}
{{- if and $url (eq (include "warm-images.login" (list . "controller") | fromYaml).type "none") (not $nats.tls.clientCertificate) -}}
{{- $found = append $found "No login for nats.url: whoever reaches NATS can have any image pulled to your nodes." -}}
{{- end -}}
{{- if regexMatch "(^|[/,\\s])(localhost|127\\.[0-9.]+|\\[::1\\])(:|/|,|\\s|$)" $url -}}
{{- $found = append $found (printf "nats.url \"%s\" is the pod itself: name the server as pods reach it." $url) -}}
{{- end -}}
{{- if and (not $url) $agent.hostNetwork (ne $agent.dnsPolicy "ClusterFirstWithHostNet") -}}
{{- $found = append $found (printf "agent.dnsPolicy \"%s\" in the node's network asks the node's resolver, which does not know the Service of the chart's NATS." $agent.dnsPolicy) -}}
{{- end -}}
{{- if not $agent.hostNetwork -}}
{{- $found = append $found "agent.hostNetwork is false: the agents cannot use mirrors on 127.0.0.1 nor registries that only nodes reach." -}}
{{- end -}}
{{- if ge ($agent.diskHigh | int) 85 -}}
{{- $found = append $found (printf "agent.diskHigh %d is not below kubelet's 85: kubelet would delete what the agents pull." ($agent.diskHigh | int)) -}}
{{- end -}}
{{- if eq (.Values.controller.replicas | int) 0 -}}
{{- $found = append $found "controller.replicas is 0: nobody says which images are wanted." -}}
{{- end -}}
{{- $spaces := regexSplit "[\\s,]+" (include "warm-images.listSpaces" .) -1 -}}
{{- range regexSplit "[\\s,]+" (include "warm-images.ignoreSpaces" .) -1 | compact -}}
{{- if has . $spaces -}}
{{- $found = append $found (printf "Namespace \"%s\" is both in list.spaces and in ignore.spaces: it is left out." .) -}}
{{- end -}}
{{- end -}}
{{- $scrapers := list -}}
{{- range $name, $on := dict "podMonitor.enabled" .Values.podMonitor.enabled "scrapeAnnotations" .Values.scrapeAnnotations "serviceMonitor.enabled" .Values.serviceMonitor.enabled -}}
{{- if $on -}}{{- $scrapers = append $scrapers $name -}}{{- end -}}
{{- end -}}
{{- if and .Values.prometheusRule.enabled (not $scrapers) (not $agent.health.address) -}}
{{- $found = append $found "prometheusRule.enabled without podMonitor.enabled, serviceMonitor.enabled or scrapeAnnotations: nothing is scraped that alerts could look at, and WarmImagesNoLeader fires." -}}
{{- end -}}
{{- if gt (len $scrapers) 1 -}}
{{- $found = append $found (printf "%s together may have everything scraped twice." (join " and " $scrapers)) -}}
{{- end -}}
{{- $found = concat $found (include "warm-images.gateWarnings" . | fromYamlArray) -}}
{{- $found = concat $found (include "warm-images.privateWarnings" . | fromYamlArray) -}}
{{- $policy := .Values.networkPolicy -}}
{{- if and $policy.egress.enabled (not $policy.enabled) -}}
{{- $found = append $found "networkPolicy.egress.enabled does nothing without networkPolicy.enabled." -}}
{{- end -}}
{{- if .Values.rbac.create -}}
{{- $found = concat $found (include "warm-images.clusterWarnings" . | fromYamlArray) -}}
{{- else -}}
{{- $resources := include "warm-images.resourceNames" (list . "warm-images.kindResources") -}}
{{- $ofCluster := include "warm-images.resourceNames" (list . "warm-images.clusterResources") -}}
{{- $where := ternary " in each namespace of list.spaces" "" .Values.rbac.namespaced -}}
{{- $events := "" -}}
{{- with include "warm-images.eventVerbs" . -}}{{- $events = printf " (%s on events besides)" . -}}{{- end -}}
{{- $gate := "" -}}
{{- with include "warm-images.gateResources" . -}}{{- $gate = printf ", patch on %s" . -}}{{- end -}}
{{- $found = append $found (printf "rbac.create is false: give service account \"%s\" get, list and watch on %s, and%s on %s%s%s, and get, create and update on lease \"%s\" yourself." (include "warm-images.serviceAccount" (list . "controller")) $ofCluster $where $resources $events $gate (include "warm-images.fullname" .)) -}}
{{- end -}}
{{- if and (not .Values.rbac.create) (include "warm-images.makesLogins" .) -}}
{{- $found = append $found (printf "rbac.create is false: give service account \"%s-logins\" the rights to make logins, or give both nats.passwords." (include "warm-images.fullname" .)) -}}
{{- end -}}
{{- toYaml $found -}}
{{- end -}}

{{/* Looks into the cluster, which takes the rights of an administrator; finds nothing in a dry run. */}}
{{- define "warm-images.clusterWarnings" -}}
{{- $found := list -}}
{{- $own := include "warm-images.namespace" (list . "agent") -}}
{{- range (lookup "apps/v1" "DaemonSet" "" "").items -}}
{{- $labels := .metadata.labels | default dict -}}
{{- $other := or (ne (get $labels "app.kubernetes.io/instance") $.Release.Name) (ne .metadata.namespace $own) -}}
{{- if and (hasPrefix (printf "%s-" $.Chart.Name) (get $labels "helm.sh/chart")) (eq (get $labels "app.kubernetes.io/component") "agent") $other -}}
{{- $found = append $found (printf "Release \"%s\" has agents in this cluster too (DaemonSet \"%s\" in namespace \"%s\"): one of the two is enough. With the same agent.health.port the pods of this one stay Pending; with the same nats.url and nats.bucket the two undo each other's work." (get $labels "app.kubernetes.io/instance") .metadata.name .metadata.namespace) -}}
{{- end -}}
{{- end -}}
{{- $labels := ((lookup "v1" "Namespace" "" $own).metadata | default dict).labels | default dict -}}
{{- $level := get $labels "pod-security.kubernetes.io/enforce" -}}
{{- if and $level (ne $level "privileged") -}}
{{- $found = append $found (printf "Namespace \"%s\" admits pods of the level \"%s\" only, and agents need \"privileged\" for their host paths: label it pod-security.kubernetes.io/enforce=privileged, or give them another namespace in agent.namespace." $own $level) -}}
{{- end -}}
{{- toYaml $found -}}
{{- end -}}
