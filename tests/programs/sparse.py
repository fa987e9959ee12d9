"""Programs with sparse matrices: given ones with vectors that vary, and those that a program makes of what varies."""

import numpy as np
import scipy.sparse
import scipy.sparse.linalg as linalg

from tests.programs import normal, positive, program, refused

PATTERN = np.array([[1, 1, 0, 0, 1], [0, 1, 1, 0, 0], [1, 0, 1, 0, 0], [0, 0, 1, 1, 1], [0, 1, 0, 0, 1]])
DENSE = np.where(PATTERN, np.cos(np.arange(25.0).reshape(5, 5)), 0.0) + 4 * np.eye(5)
ROWS, COLUMNS = np.nonzero(PATTERN)
STIFFNESS = scipy.sparse.csr_matrix(DENSE)
LAPLACIAN = scipy.sparse.csc_array(DENSE.T @ DENSE)
GRAPH = scipy.sparse.coo_matrix(DENSE)
FACTORS = linalg.splu(STIFFNESS.tocsc())
solve = linalg.factorized(STIFFNESS.tocsc())
LOADS = np.linspace(0.5, 1.5, 5)


@program(normal(5))
def energy(u):
    return 0.5 * u @ STIFFNESS @ u - LOADS @ u + np.sum(LAPLACIAN.dot(u) ** 3)


@program(normal(5, 2))
def columns_at_once(u):
    return np.sum((STIFFNESS.T @ u) ** 2) + np.sum((STIFFNESS * u) * u) + np.sum((u.T @ LAPLACIAN) ** 2)


@program(normal(5), 0.1)
def diffusion(u, step):
    graph = GRAPH.tocsr()
    for _ in range(3):
        u = u - step * (graph @ u)
    return np.sum(u**2)


@program(normal(5))
def given_systems(b):
    x = linalg.spsolve(STIFFNESS, b) + FACTORS.solve(b, "T") + solve(b)
    y = linalg.splu(LAPLACIAN).solve(x)
    return np.sum(x * y)


@program(normal(5), normal(5))
def approached_solutions(b, c):
    x, _ = linalg.cg(LAPLACIAN, b, rtol=1e-13)
    y, _ = linalg.gmres(STIFFNESS, c, rtol=1e-13)
    return np.sum(x * y) + linalg.bicgstab(STIFFNESS, b, rtol=1e-13)[0][1] ** 2


@program(normal(5))
def what_a_matrix_is(u):
    degrees = np.asarray(STIFFNESS.sum(axis=1)).ravel()
    edges = np.sum(STIFFNESS.data * u[STIFFNESS.indices] ** 2)
    return edges + np.sum(degrees * u**2) + np.sum(STIFFNESS.diagonal() * u) + np.sum(STIFFNESS.toarray() @ u)


@program(normal(12), normal(5))
def assembled(data, u):
    matrix = scipy.sparse.coo_matrix((data, (ROWS, COLUMNS)), shape=(5, 5)).tocsr()
    return np.sum((matrix @ u) ** 2) + u @ matrix @ u + np.sum(matrix.T @ u**2) + matrix.sum()


@program(positive(12), normal(5))
def assembled_and_solved(data, b):
    matrix = scipy.sparse.csc_matrix((data, (ROWS, COLUMNS)), shape=(5, 5)) + STIFFNESS
    return np.sum(linalg.spsolve(matrix, b) ** 2)


@program(normal(6), normal(3))
def twice_at_one_place(data, u):
    matrix = scipy.sparse.csr_array((data, (np.array([0, 1, 1, 2, 0, 2]), np.array([1, 0, 0, 2, 1, 0]))), shape=(3, 3))
    return np.sum(matrix.toarray() ** 2) + np.sum((u @ matrix) ** 2) + np.sum(matrix.sum(axis=0) ** 2)


@program(lambda rng: (rng.normal(size=STIFFNESS.nnz), rng.normal(size=5)))
def by_rows(data, u):
    matrix = scipy.sparse.csr_matrix((data, STIFFNESS.indices, STIFFNESS.indptr), shape=(5, 5))
    return np.sum((matrix @ u) ** 2) + np.sum(matrix.data**3)


@program(positive(5))
def normalised_laplacian(d):
    scale = scipy.sparse.diags(1 / np.sqrt(d))
    return np.sum((scale @ STIFFNESS @ scale @ d) ** 2)


@program(normal(5), 0.4)
def scaled_and_shifted(u, t):
    shifted = STIFFNESS + t * scipy.sparse.eye(5)
    return np.sum((shifted @ u) ** 2) + np.sum(((2.0 * STIFFNESS / t) @ u) * u) + np.sum((STIFFNESS * t - shifted) @ u)


@program(0.3, normal(5))
def in_time(t, u):
    return np.sum(linalg.expm_multiply(0.1 * STIFFNESS, u) ** 2) + np.sum(linalg.expm_multiply(-0.1 * t * STIFFNESS, u))


@program(normal(4), positive(5), normal(4))
def three_diagonals(low, middle, high):
    matrix = scipy.sparse.diags([low, middle, high], [-1, 0, 1])
    return np.sum(matrix.toarray() ** 2) + np.sum((matrix @ middle) ** 2)


@program(normal(5))
def weighted_by_elements(u):
    return np.sum(STIFFNESS.multiply(u).toarray() ** 2) + np.sum((LAPLACIAN * u) @ u)


@program(normal(2, 2))
def products_of_all_pairs(block):
    return np.sum(scipy.sparse.kron(scipy.sparse.eye(2), scipy.sparse.csr_matrix(block)).toarray() ** 3)


@refused("E", normal(5))
def changed_in_place(u):
    matrix = STIFFNESS.copy()
    matrix.setdiag(1.0)
    return np.sum(matrix @ u)


@refused("E", normal(5))
def an_operator(u):
    return np.sum(linalg.aslinearoperator(STIFFNESS) @ u)


@program(lambda rng: (DENSE[ROWS, COLUMNS] + 0.1 * rng.normal(size=len(ROWS)),))
def factors_of_what_varies(data):
    return np.sum(linalg.splu(scipy.sparse.csc_matrix((data, (ROWS, COLUMNS)), shape=(5, 5))).solve(LOADS))


@refused("E204", lambda rng: (scipy.sparse.csr_matrix(DENSE),), wrt=0)
def with_respect_to_a_matrix(matrix):
    return np.sum(matrix @ LOADS)


@refused("E204", normal(5))
def stored_into_the_data(u):
    matrix = STIFFNESS.copy()
    data = matrix.data
    data[0] = u[0]
    return np.sum(matrix @ u)


@refused("E204", normal(5))
def stored_by_a_helper(u):
    def put(a):
        a[:2] = u[:2]

    matrix = STIFFNESS.copy()
    put(matrix.data)
    return np.sum(matrix @ u)


@program(normal(5))
def data_changed_between(u):
    matrix = STIFFNESS.copy()
    data, first = matrix.data, matrix @ u
    data *= 2.0
    second = matrix @ u
    matrix.data[:3] = 0.0
    return np.sum(first**2) + np.sum(second**3) + np.sum((matrix @ u) ** 2)


@refused("E204", normal(5))
def data_assigned(u):
    matrix = STIFFNESS.copy()
    first = matrix @ u
    matrix.data *= 2.0
    return np.sum(first**2) + np.sum((matrix @ u) ** 2)


@program(normal(5))
def joined_matrices(u):
    both = scipy.sparse.vstack([STIFFNESS, LAPLACIAN])
    return np.sum((both @ u) ** 2) + np.sum(scipy.sparse.bmat([[STIFFNESS, None], [None, LAPLACIAN]]) @ np.append(u, u))


@refused("E202", normal(5))
def by_a_function_of_numpy(u):
    return np.sum(np.multiply(LAPLACIAN, u) @ u) + np.sum(u)


@program(lambda rng: (rng.uniform(0.5, 1.5, size=4), rng.normal(size=3)))
def parts_of_a_matrix(entries, x):
    A = scipy.sparse.csr_array((entries, ([0, 1, 2, 1], [1, 2, 0, 0])), shape=(3, 3))
    row = scipy.sparse.csr_matrix(A)[1]
    return np.sum(np.sin(A[1:, :2].toarray())) + A[1, 2] * A.mean() + np.sum((A[[2, 0]] @ x) ** 2) + np.sum(row @ x)


@program(lambda rng: (rng.uniform(0.5, 1.5, size=(3, 3)) + 3 * np.eye(3), rng.normal(size=3)))
def solved_with_one_matrix(a, b):
    solve = linalg.factorized(scipy.sparse.csc_matrix(a))
    turned = linalg.splu(scipy.sparse.csc_matrix(a)).solve(b, trans="T")
    both = scipy.sparse.block_diag([a, scipy.sparse.csr_array(a)])
    near, _ = linalg.gmres(a, b, rtol=1e-12)
    return solve(solve(b)) @ turned + linalg.norm(both) + np.sum(near**3) + both.trace()


@refused("E", lambda rng: (rng.uniform(0.5, 1.5, size=4),))
def row_without_an_axis(entries):
    A = scipy.sparse.csr_array((entries, ([0, 1, 2, 1], [1, 2, 0, 0])), shape=(3, 3))
    return A[0].sum()


@refused("E", lambda rng: (rng.uniform(0.5, 1.5, size=4),))
def run_over_rows(entries):
    A = scipy.sparse.csr_matrix((entries, ([0, 1, 2, 1], [1, 2, 0, 0])), shape=(3, 3))
    return sum(row.sum() for row in A)
