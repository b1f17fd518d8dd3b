// Propeller's scenarios, with its state in Postgres (bench.ts opens it where the project has one).
import "../integration/propeller/admin.test.ts";
import "../integration/propeller/array.test.ts";
import "../integration/propeller/caching.test.ts";
import "../integration/propeller/dynamic.test.ts";
import "../integration/propeller/failure.test.ts";
import "../integration/propeller/launch-plan.test.ts";
import "../integration/propeller/refusals.test.ts";
import "../integration/propeller/success.test.ts";
