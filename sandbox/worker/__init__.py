"""The confined side: a zygote that forks workers, and what a worker needs to compile and run one program.

Nothing here is imported by the host. The zygote imports these modules before it confines itself, because afterwards
there is no file system to import from.
"""
