DROP INDEX `tasks_worker`;--> statement-breakpoint
CREATE INDEX `tasks_worker` ON `tasks` (`worker_id`,`status`) WHERE worker_id is not null;