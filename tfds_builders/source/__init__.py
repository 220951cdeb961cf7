"""Reading what people download: archives, tables and pictures that may be damaged or hostile, and their splits."""
