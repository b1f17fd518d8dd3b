import type { Kysely } from "kysely";
import type { JoinedStore } from "../../ports/joined-store.ts";
import type { StateStore, StateWriter } from "../../ports/state-store.ts";
import { artifactRepository } from "./repositories/artifact-repository.ts";
import { datasetRepository } from "./repositories/dataset-repository.ts";
import { descriptionRepository } from "./repositories/description-repository.ts";
import { executionRepository } from "./repositories/execution-repository.ts";
import { launchPlanRepository } from "./repositories/launch-plan-repository.ts";
import { matchableRepository } from "./repositories/matchable-repository.ts";
import { namedEntityRepository } from "./repositories/named-entity-repository.ts";
import { nodeExecutionRepository } from "./repositories/node-execution-repository.ts";
import { projectRepository } from "./repositories/project-repository.ts";
import { reservationRepository } from "./repositories/reservation-repository.ts";
import { scheduleRepository } from "./repositories/schedule-repository.ts";
import { signalRepository } from "./repositories/signal-repository.ts";
import { tagRepository } from "./repositories/tag-repository.ts";
import { taskExecutionRepository } from "./repositories/task-execution-repository.ts";
import { taskRepository } from "./repositories/task-repository.ts";
import { watchEventRepository } from "./repositories/watch-event-repository.ts";
import { workflowRepository } from "./repositories/workflow-repository.ts";
import type { Tables } from "./schema.ts";
import type { LockName, SqlDatabase } from "./sql-database.ts";
import { saveWorkflow } from "./workflow-store.ts";

/** Admin's and the catalog's tables in a SQL database; propeller's (see sqlWorkflowStore) are in it as well. */
export function sqlStateStore(database: SqlDatabase): StateStore & JoinedStore {
  const writers = new WeakMap<Kysely<Tables>, StateWriter>();
  const writerOver = (db: Kysely<Tables>): StateWriter => {
    const known = writers.get(db) ?? repositories(db, db, database, (name) => database.dialect.lockName(db, name));
    writers.set(db, known);
    return known;
  };
  return {
    read: repositories(database.reader, database.inOrder, database, async () => {}),
    write: (work, kind) => database.write((db) => work(writerOver(db)), kind),
    watchedElsewhere: (listener) => database.announcements?.subscribe("watch", listener) ?? (() => undefined),
    rescheduledElsewhere: (listener) => database.announcements?.subscribe("schedule", listener) ?? (() => undefined),
    writeBoth: (work) => database.write((db) => work(writerOver(db), (save) => saveWorkflow(db, save))),
  };
}

function repositories(db: Kysely<Tables>, inOrder: Kysely<Tables>, context: SqlDatabase, lockName: LockName): StateWriter {
  return {
    projects: projectRepository(db, context),
    tasks: taskRepository(db, inOrder),
    workflows: workflowRepository(db, inOrder),
    launchPlans: launchPlanRepository(db, inOrder, lockName),
    namedEntities: namedEntityRepository(db),
    descriptions: descriptionRepository(db),
    executions: executionRepository(db, inOrder, context, context.announcements),
    nodeExecutions: nodeExecutionRepository(db, context),
    taskExecutions: taskExecutionRepository(db, context),
    matchables: matchableRepository(db, context, lockName),
    schedules: scheduleRepository(db, context.announcements),
    signals: signalRepository(db, context.announcements),
    watch: watchEventRepository(db, context.announcements),
    catalog: { ...datasetRepository(db), ...artifactRepository(db), ...tagRepository(db), ...reservationRepository(db, lockName) },
  };
}
