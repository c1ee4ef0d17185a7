// Most of these tests wait for recovery points, so more of them run at a time than there are processors.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
