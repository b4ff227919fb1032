import halls

halls.program()
