#!/bin/sh
# Copy Apache Kafka's jars to build/kafka/lib. Needs Java 17 and Maven; takes them from the repository Maven is set up for.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
lib=$root/build/kafka/lib
for tool in java mvn; do
	command -v "$tool" >/dev/null || { echo "make kafka: $tool is not on PATH (Java 17 and Maven are needed)" >&2; exit 1; }
done
# A folder of its own first: jars of an earlier version must not stay beside the new ones on the class path.
rm -rf "$lib.new"
mvn --quiet --batch-mode --file "$root/infra/kafka/pom.xml" \
	dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$lib.new"
rm -rf "$lib"
mv "$lib.new" "$lib"
echo "Apache Kafka: $(find "$lib" -name '*.jar' | wc -l | tr -d ' ') jars in build/kafka/lib"
