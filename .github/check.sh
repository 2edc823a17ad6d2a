#!/usr/bin/env bash
# The step of action.yml: checks MODELS on PROFILE, annotates, writes a summary, and compares with BASE.
set -uo pipefail
shopt -s globstar nullglob

summary="$RUNNER_TEMP/microinfer-summary.md"
parts=()
for part in $PROFILE; do parts+=(--profile "$part"); done
# the words of an option list: no quotes are needed in any of microinfer's own
read -r -a more <<<"${ARGUMENTS//$'\n'/ }"
models=()
while IFS= read -r -d ' ' pattern; do
  [ -n "$pattern" ] || continue
  found=($pattern)
  # a pattern that names nothing is told by microinfer, as a model that is not there
  models+=("${found[@]:-$pattern}")
done <<<"${MODELS//$'\n'/ } "

microinfer check "${parts[@]}" "${more[@]}" --format github "${models[@]}"
code=$?
microinfer check "${parts[@]}" "${more[@]}" --format markdown "${models[@]}" >"$summary" 2>/dev/null

if [ -n "$BASE" ]; then
  old="$(mktemp -d)"
  for model in "${models[@]}"; do
    git show "$BASE:./$model" >"$old/before.tflite" 2>/dev/null || continue
    cmp -s "$old/before.tflite" "$model" && continue
    printf '\n' >>"$summary"
    microinfer compare "$old/before.tflite" "$model" "${parts[@]}" --format markdown >>"$summary"
  done
  rm -r "$old"
fi

case "$code" in
  0) verdict=yes ;;
  1) verdict=no ;;
  3) verdict=cannot-tell ;;
  *) verdict=unreadable ;;
esac
printf 'summary=%s\nverdict=%s\n' "$summary" "$verdict" >>"$GITHUB_OUTPUT"
cat "$summary" >>"$GITHUB_STEP_SUMMARY"
exit "$code"
