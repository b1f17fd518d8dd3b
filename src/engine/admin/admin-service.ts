import type { ServiceHandlers } from "../service.ts";
import type { AdminDeps } from "./admin-deps.ts";
import { deleteProjectAttributes, deleteProjectDomainAttributes, deleteWorkflowAttributes } from "./attributes/delete-attributes.ts";
import {
  getProjectAttributes,
  getProjectDomainAttributes,
  getWorkflowAttributes,
  listMatchableAttributes,
} from "./attributes/get-attributes.ts";
import { updateProjectAttributes, updateProjectDomainAttributes, updateWorkflowAttributes } from "./attributes/update-attributes.ts";
import { bindHandlers } from "./bind-handlers.ts";
import { getExecutionData, getNodeExecutionData, getTaskExecutionData } from "./data/get-data.ts";
import { getDescriptionEntity, listDescriptionEntities } from "./entities/description-entities.ts";
import { getActiveLaunchPlan, getLaunchPlan, getTask, getWorkflow } from "./entities/get-entity.ts";
import {
  listActiveLaunchPlans,
  listLaunchPlanIds,
  listLaunchPlans,
  listTaskIds,
  listTasks,
  listWorkflowIds,
  listWorkflows,
} from "./entities/list-entities.ts";
import { getNamedEntity, listNamedEntities, updateNamedEntity } from "./entities/named-entities.ts";
import { createNodeEvent, createTaskEvent, createWorkflowEvent } from "./executions/create-event.ts";
import { createExecution } from "./executions/create-execution.ts";
import { getExecution, listExecutions } from "./executions/get-executions.ts";
import {
  getDynamicNodeWorkflow,
  getNodeExecution,
  listNodeExecutions,
  listNodeExecutionsForTask,
} from "./executions/get-node-executions.ts";
import { getTaskExecution, listTaskExecutions } from "./executions/get-task-executions.ts";
import { recoverExecution } from "./executions/recover-execution.ts";
import { relaunchExecution } from "./executions/relaunch-execution.ts";
import { terminateExecution } from "./executions/terminate-execution.ts";
import { updateExecution } from "./executions/update-execution.ts";
import { getVersion } from "./get-version.ts";
import { getExecutionMetrics } from "./metrics/get-execution-metrics.ts";
import { getDomains } from "./projects/get-domains.ts";
import { getProject, listProjects } from "./projects/list-projects.ts";
import { registerProject } from "./projects/register-project.ts";
import { updateProject } from "./projects/update-project.ts";
import { createLaunchPlan } from "./registration/create-launch-plan.ts";
import { createTask } from "./registration/create-task.ts";
import { createWorkflow } from "./registration/create-workflow.ts";
import { updateLaunchPlan } from "./registration/update-launch-plan.ts";

/** flyteidl.service.AdminService. What is not in it answers UNIMPLEMENTED. */
export function createAdminService(deps: AdminDeps): ServiceHandlers {
  return {
    service: "flyteidl.service.AdminService",
    unary: bindHandlers(deps, {
      CreateTask: createTask,
      GetTask: getTask,
      ListTasks: listTasks,
      ListTaskIds: listTaskIds,
      CreateWorkflow: createWorkflow,
      GetWorkflow: getWorkflow,
      ListWorkflows: listWorkflows,
      ListWorkflowIds: listWorkflowIds,
      CreateLaunchPlan: createLaunchPlan,
      GetLaunchPlan: getLaunchPlan,
      ListLaunchPlans: listLaunchPlans,
      ListLaunchPlanIds: listLaunchPlanIds,
      UpdateLaunchPlan: updateLaunchPlan,
      GetActiveLaunchPlan: getActiveLaunchPlan,
      ListActiveLaunchPlans: listActiveLaunchPlans,
      CreateExecution: createExecution,
      RelaunchExecution: relaunchExecution,
      RecoverExecution: recoverExecution,
      GetExecution: getExecution,
      ListExecutions: listExecutions,
      GetExecutionData: getExecutionData,
      GetExecutionMetrics: getExecutionMetrics,
      TerminateExecution: terminateExecution,
      UpdateExecution: updateExecution,
      ListNodeExecutions: listNodeExecutions,
      ListNodeExecutionsForTask: listNodeExecutionsForTask,
      GetNodeExecution: getNodeExecution,
      GetNodeExecutionData: getNodeExecutionData,
      GetDynamicNodeWorkflow: getDynamicNodeWorkflow,
      ListTaskExecutions: listTaskExecutions,
      GetTaskExecution: getTaskExecution,
      GetTaskExecutionData: getTaskExecutionData,
      CreateWorkflowEvent: createWorkflowEvent,
      CreateNodeEvent: createNodeEvent,
      CreateTaskEvent: createTaskEvent,
      GetVersion: getVersion,
      RegisterProject: registerProject,
      UpdateProject: updateProject,
      ListProjects: listProjects,
      GetProject: getProject,
      GetDomains: getDomains,
      UpdateProjectAttributes: updateProjectAttributes,
      GetProjectAttributes: getProjectAttributes,
      DeleteProjectAttributes: deleteProjectAttributes,
      UpdateProjectDomainAttributes: updateProjectDomainAttributes,
      GetProjectDomainAttributes: getProjectDomainAttributes,
      DeleteProjectDomainAttributes: deleteProjectDomainAttributes,
      UpdateWorkflowAttributes: updateWorkflowAttributes,
      GetWorkflowAttributes: getWorkflowAttributes,
      DeleteWorkflowAttributes: deleteWorkflowAttributes,
      ListMatchableAttributes: listMatchableAttributes,
      GetNamedEntity: getNamedEntity,
      GetDescriptionEntity: getDescriptionEntity,
      ListDescriptionEntities: listDescriptionEntities,
      UpdateNamedEntity: updateNamedEntity,
      ListNamedEntities: listNamedEntities,
    }),
  };
}
